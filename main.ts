// The cdk8s app: `npm run synth`, or `cdk8s synth`, which sets CDK8S_OUTDIR.
import { isInputError, synthesize } from './constructs/synth/app.ts';

try {
  await synthesize(process.env, process.env.CDK8S_OUTDIR ?? 'dist');
} catch (error) {
  if (!isInputError(error)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
