// Loaded before the tests: with SEED set, every property starts from it, so that what CI decides is no matter of luck.
import fc from 'fast-check';

if (process.env.SEED) fc.configureGlobal({ seed: Number(process.env.SEED) });
