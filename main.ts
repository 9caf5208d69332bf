// The cdk8s app: `npm run synth`, or `cdk8s synth`, which sets CDK8S_OUTDIR.
import { InvalidValuesError } from './constructs/index.ts';
import { synthesize } from './constructs/synth/app.ts';
import { ValuesFileError } from './constructs/synth/values-file.ts';

try {
  await synthesize(process.env, process.env.CDK8S_OUTDIR ?? 'dist');
} catch (error) {
  const isInput =
    error instanceof InvalidValuesError || error instanceof ValuesFileError || error instanceof RangeError;
  if (!isInput) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
