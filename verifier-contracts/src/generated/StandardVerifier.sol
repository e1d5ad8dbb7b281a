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
    uint256 constant alphax  = 4007965112088153079895589146895511277145695705791876581816067170597733476860;
    uint256 constant alphay  = 17939554771582393597606501974949489166873786551914107990031265097477192755129;
    uint256 constant betax1  = 5065061073630548856921164548426330233945209328814994654647712517213602576595;
    uint256 constant betax2  = 11581566526767947215680281465052576507440256862378865897369701526380547416560;
    uint256 constant betay1  = 14515418241208657813148496295373091312927318693516156779593576063087977367120;
    uint256 constant betay2  = 14973738469574711814617286917208615526597102079951447837135802401644770400319;
    uint256 constant gammax1 = 13516629927346975431380434996237502808149149007167516706584863490581954396202;
    uint256 constant gammax2 = 12695719328909285112889766949015875880599763508022124943699169321700972534987;
    uint256 constant gammay1 = 21482652416559499224329911982163737141069936725208165648208191145284687603775;
    uint256 constant gammay2 = 20055785759265278558150057752890615880558426894459302812940619090486377921031;
    uint256 constant deltax1 = 5428479587779616454456627932298919684121472219010621896098673665339895316986;
    uint256 constant deltax2 = 19037030007519626400340093588448339966269752907912496878055240343367719652767;
    uint256 constant deltay1 = 6737792223020265235990563083459434318823664746201713130573844026309840919955;
    uint256 constant deltay2 = 4033461723024885291271706552947067789356341114527825850173503830957855289589;

    
    uint256 constant IC0x = 3315575160384695495443098081891940374439499392148047525752999408899260313859;
    uint256 constant IC0y = 8225348168523830274590950527612334812902123846960340917082085567030558855571;
    
    uint256 constant IC1x = 6181852365172251591697827903037487591974421984710384750185912811516237683014;
    uint256 constant IC1y = 15468390428139317068511098420604331223859704172386606156153560553106828035777;
    
    uint256 constant IC2x = 17968563223610383856139056254297504927932447699166148548324288246081627827089;
    uint256 constant IC2y = 5932834208495589193469180848593588011051880828419632527064556391121261363782;
    
    uint256 constant IC3x = 331341492687531882487039293114878609805991462055297924519218919832955896730;
    uint256 constant IC3y = 17861745663758351951865445207334700305544171144510067090753810546973122804755;
    
    uint256 constant IC4x = 15464752955794930926657140274630993520027455230117958839072048073987004105578;
    uint256 constant IC4y = 12584135318757376422201456359281413302928646309553291664539689497935177721599;
    
    uint256 constant IC5x = 15724012976184132190974099568380848179730290511318802685859478244781213634895;
    uint256 constant IC5y = 19691043772517605979331213934770221346175940825806263912020167305705741413877;
    
    uint256 constant IC6x = 5467845791740435902001163006410501017196894144666550730439511839265968577964;
    uint256 constant IC6y = 13083383086424594835277869385285129830739552919246780274843225559471582769079;
    
 
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
