import { CaptureUnavailableError } from './capture-unavailable-error.ts';

/** What to do when the programs could not be loaded, by what bpf/addon/ says; the first that fits. */
const remedies: readonly (readonly [RegExp, string])[] = [
  [
    /^cannot open |build:bpf/,
    'Run "npm run build:bpf -- --force": the file is absent, damaged or of another version.',
  ],
  [
    /^cannot map the rings: Cannot allocate memory|map 'rings': failed to create: Cannot allocate memory/,
    'Choose smaller rings (observe --ring-bytes, capture.ringBytes of the agent), or give it more memory.',
  ],
];

/** The error of an addon that could not load or attach the programs, with what to do about it. */
export function loadFailure(error: unknown): CaptureUnavailableError {
  const message = error instanceof Error ? error.message : String(error);
  const remedy =
    remedies.find(([pattern]) => pattern.test(message))?.[1] ??
    'The kernel log (dmesg) and the lines above say why; common causes are lockdown mode, missing privileges and a damaged build ' +
      '(npm run build:bpf -- --force).';
  return new CaptureUnavailableError([message], remedy, { cause: error });
}
