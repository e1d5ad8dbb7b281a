// SPDX-License-Identifier: GPL-3.0
/*
    Copyright 2021 0KIMS association.

    This file is generated with [snarkJS](https://github.com/iden3/snarkjs).

    snarkJS is a free software: you can redistribute it and/or modify it
    under the terms of the GNU General Public License as published by
    the Free Software Foundation, either version 3 of the License, or
    (at your option) any later version.

    snarkJS is distributed in the hope that it will be useful, but WITHOUT
    ANY WARRANTY; without even the implied warranty of MERCHANTABILITY
    or FITNESS FOR A PARTICULAR PURPOSE. See the GNU General Public
    License for more details.

    You should have received a copy of the GNU General Public License
    along with snarkJS. If not, see <https://www.gnu.org/licenses/>.
*/

pragma solidity >=0.7.0 <0.9.0;

contract Groth16Verifier {
    // Scalar field size
    uint256 constant r    = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    // Base field size
    uint256 constant q   = 21888242871839275222246405745257275088696311157297823662689037894645226208583;

    // Verification Key data
    uint256 constant alphax  = 2426607770812648162977533358542951914321565657368331646604816426316018590462;
    uint256 constant alphay  = 7574630390559651518795522830291432459389202793163469305886885173447485540967;
    uint256 constant betax1  = 13425265908956807648719937457098306139517332997391454372891124978919954369461;
    uint256 constant betax2  = 7463898172982604498922996394385794874256665622659831756362198134747877745617;
    uint256 constant betay1  = 6269617264144913120867759178429015924493382944940203746812796950525004697699;
    uint256 constant betay2  = 10834790205445753162386397227997825445527021368303334692623910680296655899628;
    uint256 constant gammax1 = 3012090975397174770814508859713079873270599549287789509433048300298193465992;
    uint256 constant gammax2 = 10518236170899322520461499480373667639712608114745497382366599273970750073177;
    uint256 constant gammay1 = 3907505789564958540267302891559343728838099689738645821501181656324944929199;
    uint256 constant gammay2 = 19765864141481961892405373308498653201859771596918361931283050310439725390169;
    uint256 constant deltax1 = 13468210720017572414807527957757420682998446478972836778507417455571797741031;
    uint256 constant deltax2 = 2026685495472647292462825289695502392697537278473868816475481549601732428687;
    uint256 constant deltay1 = 567621332182151716326347968306027836551337050269523146745161468148435368617;
    uint256 constant deltay2 = 16996124236344876313809377269714149142990771851641811403510463348673730112702;

    
    uint256 constant IC0x = 9399491546805290527242230205434559656642424700803290285317977820288150316303;
    uint256 constant IC0y = 7992331644598084319813824061120499646736160108283118723810032617533904875242;
    
    uint256 constant IC1x = 16790321289235401386538348139044913532138113781241700693172523314918680341780;
    uint256 constant IC1y = 13087324218115456567306324526378696861389376750478298284383495669690191524025;
    
    uint256 constant IC2x = 17909546424303991118720341424709031064689820042612206461601231729568358143598;
    uint256 constant IC2y = 5839753587129539653568358502630322703975904547955147407836421877984020484398;
    
    uint256 constant IC3x = 4318176298323160058021964118013318091739069608163554480531434072917667907326;
    uint256 constant IC3y = 7142212192262017669059518774357171679079494949327923309199032789369857610422;
    
    uint256 constant IC4x = 112588060433402900747198799160553376542867329527236994437001637523849199934;
    uint256 constant IC4y = 9857725624697456167457250108676739865563954316803881414191587186783167525811;
    
    uint256 constant IC5x = 20889819620724766729003592137074842917825997306982422944905105282659716092428;
    uint256 constant IC5y = 2030890356952325105806274635992324170848676609854104816712461224888141825075;
    
    uint256 constant IC6x = 15461611444070331577458785495289899148578895813626140615612486104396134531099;
    uint256 constant IC6y = 4210933926510159088921320361447427581416417123888896568903967593606093427091;
    
 
    // Memory data
    uint16 constant pVk = 0;
    uint16 constant pPairing = 128;

    uint16 constant pLastMem = 896;

    function verifyProof(uint[2] calldata _pA, uint[2][2] calldata _pB, uint[2] calldata _pC, uint[6] calldata _pubSignals) public view returns (bool) {
        assembly {
            function checkField(v) {
                if iszero(lt(v, r)) {
                    mstore(0, 0)
                    return(0, 0x20)
                }
            }
            
            // G1 function to multiply a G1 value(x,y) to value in an address
            function g1_mulAccC(pR, x, y, s) {
                let success
                let mIn := mload(0x40)
                mstore(mIn, x)
                mstore(add(mIn, 32), y)
                mstore(add(mIn, 64), s)

                success := staticcall(sub(gas(), 2000), 7, mIn, 96, mIn, 64)

                if iszero(success) {
                    mstore(0, 0)
                    return(0, 0x20)
                }

                mstore(add(mIn, 64), mload(pR))
                mstore(add(mIn, 96), mload(add(pR, 32)))

                success := staticcall(sub(gas(), 2000), 6, mIn, 128, pR, 64)

                if iszero(success) {
                    mstore(0, 0)
                    return(0, 0x20)
                }
            }

            function checkPairing(pA, pB, pC, pubSignals, pMem) -> isOk {
                let _pPairing := add(pMem, pPairing)
                let _pVk := add(pMem, pVk)

                mstore(_pVk, IC0x)
                mstore(add(_pVk, 32), IC0y)

                // Compute the linear combination vk_x
                
                g1_mulAccC(_pVk, IC1x, IC1y, calldataload(add(pubSignals, 0)))
                
                g1_mulAccC(_pVk, IC2x, IC2y, calldataload(add(pubSignals, 32)))
                
                g1_mulAccC(_pVk, IC3x, IC3y, calldataload(add(pubSignals, 64)))
                
                g1_mulAccC(_pVk, IC4x, IC4y, calldataload(add(pubSignals, 96)))
                
                g1_mulAccC(_pVk, IC5x, IC5y, calldataload(add(pubSignals, 128)))
                
                g1_mulAccC(_pVk, IC6x, IC6y, calldataload(add(pubSignals, 160)))
                

                // -A
                mstore(_pPairing, calldataload(pA))
                mstore(add(_pPairing, 32), mod(sub(q, calldataload(add(pA, 32))), q))

                // B
                mstore(add(_pPairing, 64), calldataload(pB))
                mstore(add(_pPairing, 96), calldataload(add(pB, 32)))
                mstore(add(_pPairing, 128), calldataload(add(pB, 64)))
                mstore(add(_pPairing, 160), calldataload(add(pB, 96)))

                // alpha1
                mstore(add(_pPairing, 192), alphax)
                mstore(add(_pPairing, 224), alphay)

                // beta2
                mstore(add(_pPairing, 256), betax1)
                mstore(add(_pPairing, 288), betax2)
                mstore(add(_pPairing, 320), betay1)
                mstore(add(_pPairing, 352), betay2)

                // vk_x
                mstore(add(_pPairing, 384), mload(add(pMem, pVk)))
                mstore(add(_pPairing, 416), mload(add(pMem, add(pVk, 32))))


                // gamma2
                mstore(add(_pPairing, 448), gammax1)
                mstore(add(_pPairing, 480), gammax2)
                mstore(add(_pPairing, 512), gammay1)
                mstore(add(_pPairing, 544), gammay2)

                // C
                mstore(add(_pPairing, 576), calldataload(pC))
                mstore(add(_pPairing, 608), calldataload(add(pC, 32)))

                // delta2
                mstore(add(_pPairing, 640), deltax1)
                mstore(add(_pPairing, 672), deltax2)
                mstore(add(_pPairing, 704), deltay1)
                mstore(add(_pPairing, 736), deltay2)


                let success := staticcall(sub(gas(), 2000), 8, _pPairing, 768, _pPairing, 0x20)

                isOk := and(success, mload(_pPairing))
            }

            let pMem := mload(0x40)
            mstore(0x40, add(pMem, pLastMem))

            // Validate that all evaluations ∈ F
            
            checkField(calldataload(add(_pubSignals, 0)))
            
            checkField(calldataload(add(_pubSignals, 32)))
            
            checkField(calldataload(add(_pubSignals, 64)))
            
            checkField(calldataload(add(_pubSignals, 96)))
            
            checkField(calldataload(add(_pubSignals, 128)))
            
            checkField(calldataload(add(_pubSignals, 160)))
            

            // Validate all evaluations
            let isValid := checkPairing(_pA, _pB, _pC, _pubSignals, pMem)

            mstore(0, isValid)
             return(0, 0x20)
         }
     }
 }
