// Business flows that a path or an operation speaks of, by words.
import { maxOperationCharacters } from './limits.ts';

export const businessFlows = [
  'ai',
  'account-creation',
  'account-management',
  'admin',
  'authentication',
  'billing',
  'sms-gateway',
] as const;

export type BusinessFlow = (typeof businessFlows)[number];

const words: Record<BusinessFlow, string> = {
  ai: 'ai llm gpt chat completion completions embedding embeddings prompt prompts inference openai claude gemini mcp agent',
  'account-creation': 'register registration signup enroll enrollment onboarding',
  'account-management':
    'account accounts profile profiles me settings preferences password passwords email verification',
  admin: 'admin admins administrator administration backoffice console management root superuser',
  authentication:
    'auth oauth oauth2 token tokens login logout signin signout sso saml oidc mfa otp 2fa session sessions jwt authorize authenticate',
  billing:
    'payment payments pay subscription subscriptions purchase purchases billing invoice invoices checkout charge charges refund refunds order orders cart card cards payout payouts',
  'sms-gateway': 'sms mms twilio',
};

const flowOf = new Map<string, BusinessFlow>(
  businessFlows.flatMap(flow => words[flow].split(' ').map(word => [word, flow] as const)),
);

/** Pairs of words that mean one flow together. */
const pairs: readonly [string, string, BusinessFlow][] = [
  ['sign', 'up', 'account-creation'],
  ['sign', 'in', 'authentication'],
  ['log', 'in', 'authentication'],
  ['create', 'account', 'account-creation'],
  ['create', 'user', 'account-creation'],
  ['text', 'message', 'sms-gateway'],
];

const cache = new Map<string, readonly BusinessFlow[]>();
const maxCached = 8192;

/** In alphabetical order. `texts`: literal segments of the path, and the operation. */
export function businessFlowsOf(texts: readonly string[]): BusinessFlow[] {
  const found = new Set<BusinessFlow>();
  for (const text of texts) for (const flow of flowsOfText(text)) found.add(flow);
  return [...found].sort();
}

function flowsOfText(text: string): readonly BusinessFlow[] {
  let flows = cache.get(text);
  if (flows === undefined) {
    const parts = text
      .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
      .toLowerCase()
      .split(/[^a-z0-9]+/, 16);
    const found = new Set<BusinessFlow>();
    for (const [index, part] of parts.entries()) {
      const flow = flowOf.get(part);
      if (flow !== undefined) found.add(flow);
      for (const [first, second, joint] of pairs)
        if (part === first && parts[index + 1] === second) found.add(joint);
    }
    flows = [...found];
    if (text.length <= maxOperationCharacters) {
      if (cache.size >= maxCached) cache.clear();
      cache.set(text, flows);
    }
  }
  return flows;
}
