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
    uint256 constant alphax  = 18498844121216798578100712637301280315285861225930615492951946238388041846135;
    uint256 constant alphay  = 18651395953948048865235627793659246174600847126666194197992399365345010769177;
    uint256 constant betax1  = 11720645960755804663382878813371000538960649452969644161810602877049205064502;
    uint256 constant betax2  = 6127524347742586786803740270397671778252414649621246423275935378914197670297;
    uint256 constant betay1  = 14395781625580859530217294669392857220655249824553955280309572103159533655607;
    uint256 constant betay2  = 3681839443323200028630746701035090701408204102367923960292480698499821942834;
    uint256 constant gammax1 = 3363146126784578716868097176519394137293622701887323959967172658634566241443;
    uint256 constant gammax2 = 3932971326160426456680284355509486404160961870700905834206990691669134735841;
    uint256 constant gammay1 = 18025025613056368182695114050995048499482964339730067000887140353647085736466;
    uint256 constant gammay2 = 169776779344448822233877915913056298967220250083703700015703491883667370149;
    uint256 constant deltax1 = 5353407651236419301020867186621456651455760820411825496212331823628434313080;
    uint256 constant deltax2 = 19477196608359836502774070690223682255448390871128074816169345238437662380406;
    uint256 constant deltay1 = 4266889696215719974831162067209426144512288536137828246622989969257881269508;
    uint256 constant deltay2 = 2516545072391039281473919097680179070819915035642815815880265090474919962206;

    
    uint256 constant IC0x = 13773248404242237536006218988331358136937494573990668449916758431699002993778;
    uint256 constant IC0y = 9024982418952999381222532343613042932402215493855737623415278673892770546223;
    
    uint256 constant IC1x = 12280467208755192943322904229662706957044374273204702451943868278067802266677;
    uint256 constant IC1y = 4817315036906019292356135233513229261306096824803238923901873030186563777396;
    
    uint256 constant IC2x = 15899638830260589840939378838671858802785271014216999976694823298672980183324;
    uint256 constant IC2y = 21239644570808173067376639333134358509492683965025515746923680077960911189195;
    
    uint256 constant IC3x = 12672781193752457646398299816591740122887890291276171137281511413359067135435;
    uint256 constant IC3y = 11642774392489840516922331981767766457412671244938656554596781448177969139505;
    
    uint256 constant IC4x = 14946002078203453024034290693758326645322259653288145997767126793639288148422;
    uint256 constant IC4y = 1432735717446010074809303320648619367304547435416310404582894442906974712233;
    
    uint256 constant IC5x = 20192530597506491464693477995701832731480912902979356886234785981495494001083;
    uint256 constant IC5y = 18964306129367887261428883968389218060130409060105767139383459157901963500245;
    
    uint256 constant IC6x = 10678660770012829478145035456653130568638856019746223961883733147305184960180;
    uint256 constant IC6y = 16585305134970549981683008900083062975915556516433755267764673983862064436033;
    
 
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
