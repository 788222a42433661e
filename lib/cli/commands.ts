import { doctorCommand } from './doctor-command.js';
import { routesCommand } from './routes-command.js';
import { coversCommand, explainCommand, inspectCommand } from './scope-commands.js';
import { activitiesCommand, applyCommand, exportCommand, migrateCommand } from './store-commands.js';
import type { Command } from './terminal.js';

/** All commands, in the order of the help. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  doctor: doctorCommand,
  inspect: inspectCommand,
  explain: explainCommand,
  covers: coversCommand,
  routes: routesCommand,
  migrate: migrateCommand,
  apply: applyCommand,
  export: exportCommand,
  activities: activitiesCommand,
};
