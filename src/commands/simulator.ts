import type { Command } from 'commander';
import { addSimulatorOptions, simulate, type SimulatorArguments } from '../simulator/command';
import { SimulatorError } from '../simulator/errors';
import { addScore } from '../simulator/score/command';
import type { Environment } from './child';
import { CommandError } from './output';

/** The same as the program `zoho-simulator`; `env` is what it starts clients with. */
export function addSimulator(program: Command, env: Environment): void {
  const command = program.command('simulator');
  command.description('run the simulated Zoho Accounts alone, to test your own integrations against');
  addSimulatorOptions(command).action(async (typed: SimulatorArguments) => {
    try {
      await simulate(typed);
    } catch (error) {
      throw error instanceof SimulatorError ? new CommandError(error.message) : error;
    }
  });
  addScore(command, env);
}
