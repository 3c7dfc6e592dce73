/** Why a simulator cannot run: a sentence for people, with the next step. */
export class SimulatorError extends Error {
  override readonly name = 'SimulatorError';
}
