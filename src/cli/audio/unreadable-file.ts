/** The error for an audio file or a folder that the system does not let the command read, whatever its format. */
import { SttError } from '../../errors.js';

/** What the system's error codes mean, and what the user of a terminal can do. */
const REASONS: Readonly<Record<string, readonly [reason: string, remedy: string]>> = {
  ENOENT: ['no such file', 'Check the name and the folder.'],
  ENOTDIR: ['no such file', 'Check the name and the folder.'],
  EACCES: ['permission denied', 'Change the file’s permissions, or run the command as another user.'],
  EPERM: ['permission denied', 'Change the file’s permissions, or run the command as another user.'],
};

export class UnreadableFile extends SttError {
  readonly #remedy: string;

  private constructor(message: string, remedy: string, options?: ErrorOptions) {
    super('audio-invalid', message, options);
    this.#remedy = remedy;
  }

  /** For a terminal; empty if there is none. */
  override get remedy(): string {
    return this.#remedy;
  }

  static because(path: string, cause: unknown): UnreadableFile {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    const [reason, remedy] = REASONS[code] ?? [message, ''];
    return new UnreadableFile(`${path} cannot be read: ${reason}`, remedy, { cause });
  }

  /** @param expected endings of names */
  static withoutAudio(folder: string, expected: string): UnreadableFile {
    return new UnreadableFile(
      `${folder} holds no audio file, expected names that end in ${expected}`,
      'Name another folder, or the files themselves.',
    );
  }

  static folder(path: string): UnreadableFile {
    return new UnreadableFile(
      `${path} is a folder, expected an audio file`,
      'Name the audio files in it, such as FOLDER/*.wav.',
    );
  }
}
