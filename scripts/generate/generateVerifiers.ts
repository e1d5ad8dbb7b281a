import { loadArtifacts } from '../../prover/proving/artifacts.ts'
import { exportSolidityVerifier } from '../../prover/proving/snarkjs.ts'
import { SHAPE_NAMES } from '../../src/shape.ts'
import { shapeDirectory } from '../circuits/compileCircuit.ts'
import { verifierFile } from '../verifierFile.ts'
import type { GeneratedFile } from './GeneratedFile.ts'

/** One verifier contract for each shape, from its DEV keys. They are deterministic, so the contracts are. */
export async function generateVerifiers(): Promise<GeneratedFile[]> {
  const files: GeneratedFile[] = []
  for (const name of SHAPE_NAMES) {
    const { zkeyPath } = await loadArtifacts(shapeDirectory(name))
    files.push({
      path: `verifier-contracts/src/generated/${verifierFile(name)}`,
      content: await exportSolidityVerifier(zkeyPath),
    })
  }
  return files
}
