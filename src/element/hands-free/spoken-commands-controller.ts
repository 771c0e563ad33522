/** Spoken punctuation and commands, such as "comma" and "scratch that". */
import type { ReactiveController } from 'lit';
import { CommandFilter } from './command-filter.js';
import { articlesFor, tableFor, type CommandTable } from './command-table.js';
import type { FeatureHost, FeaturePort } from './port.js';

const NONE: CommandTable = new Map();

export class SpokenCommandsController implements ReactiveController {
  readonly #host: FeatureHost;
  readonly #port: FeaturePort;
  #table: CommandTable = NONE;
  #articles: readonly string[] = [];

  constructor(host: FeatureHost, port: FeaturePort) {
    this.#host = host;
    this.#port = port;
    host.addController(this);
    port.filterWords(() => {
      const filter = new CommandFilter({
        transcript: () => port.transcript(),
        table: () => this.#table,
        articles: () => this.#articles,
        fire: (detail) => port.fireCommand(detail),
        write: (edit) => port.editField(edit),
      });
      return (event) => filter.filter(event);
    });
  }

  hostUpdated(): void {
    const { spokenCommands, commands } = this.#host;
    const languages = this.#port.languages();
    this.#table = spokenCommands ? tableFor(languages, commands) : NONE;
    this.#articles = articlesFor(languages, commands);
  }
}
