import { expect } from 'chai';
import { noise } from '../../../bench/discovery/exchange.ts';
import { score } from '../../../bench/discovery/score.ts';

const templates = [['users'], ['users', '{id}']];
const kinds = ['static', 'shape'] as const;
const request = (truth: number, group: string, ...segments: string[]) => ({
  truth,
  group,
  method: 'GET',
  segments,
});

describe('score', () => {
  it('is full marks for groups that are the operations', () => {
    const result = score(
      [
        request(0, 'GET /users', 'users'),
        request(1, 'GET /users/{x}', 'users', '1'),
        request(1, 'GET /users/{x}', 'users', '2'),
      ],
      templates,
      kinds,
    );
    expect(result).to.include({ fga: 1, ga: 1, templateF1: 1, explosion: 1 });
  });

  it('counts a split operation as wrong groups', () => {
    const result = score(
      [
        request(0, 'GET /users', 'users'),
        request(1, 'GET /users/1', 'users', '1'),
        request(1, 'GET /users/2', 'users', '2'),
      ],
      templates,
      kinds,
    );
    expect(result.pga).to.be.closeTo(1 / 3, 1e-9);
    expect(result.rga).to.equal(0.5);
    expect(result.explosion).to.equal(1.5);
    expect(result.recall.shape).to.deep.equal({ right: 0, all: 1 });
  });

  it('counts groups of noise against precision only', () => {
    const result = score(
      [request(0, 'GET /users', 'users'), request(noise, 'GET /wp', 'wp')],
      templates,
      kinds,
    );
    expect(result).to.include({ pga: 0.5, rga: 1 });
  });

  it('accepts a literal where a parameter had one value', () => {
    expect(score([request(1, 'GET /users/7', 'users', '7')], templates, kinds).templateF1).to.equal(1);
  });
});
