// The documented rule of the product that this one is compatible with: integers, floats, UUIDs and hexadecimal texts are
// parameters, everything else is a literal (product documentation, "Exploring API inventory"). Hexadecimal is taken as 16
// digits or more, which the documentation leaves open.
import type { Contestant } from './contestant.ts';

const rule = /^(-?\d+(\.\d+)?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,})$/i;

export const vendorRule: Contestant = {
  name: 'INT/FLOAT/UUID/HEX rule',
  group: async requests =>
    requests.map(
      ({ exchange, segments }) =>
        `${exchange.method} /${segments.map(s => (rule.test(s) ? '{}' : s)).join('/')}`,
    ),
};
