import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyCategorical, mergeCategorical } from '../../src/profile/categorical.ts';
import {
  decodeCategorical,
  decodeEmbedding,
  decodeNumeric,
  encodeCategorical,
  encodeEmbedding,
  encodeNumeric,
} from '../../src/profile/codec.ts';
import { emptyEmbedding, mergeEmbedding } from '../../src/profile/embedding.ts';
import { emptyNumeric, mergeNumeric } from '../../src/profile/numeric.ts';
import { emptyProfile, mergeProfiles } from '../../src/profile/profile.ts';
import {
  categoricalProfileSchema,
  embeddingProfileSchema,
  numericProfileSchema,
} from '../../src/profile/stored-profile.ts';
import {
  categoricalGroup,
  categoricalProfileOf,
  categoricalSpec,
  embeddingGroup,
  embeddingProfileOf,
  embeddingSpec,
  numericGroup,
  numericProfileOf,
  numericSpec,
} from './arbitrary-profiles.ts';

interface Kind<Group, State> {
  readonly group: fc.Arbitrary<Group>;
  readonly profileOf: (groups: readonly Group[]) => State;
  readonly merge: (a: State, b: State) => State;
  readonly empty: State;
  /** Through JSON text, as in storage. */
  readonly stored: (state: State) => State;
}

function json(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** The laws that let a window be a merge of hours, in any order, to the bit (`toStrictEqual` tells 0 from −0). */
function obeysTheLaws<Group, State>({ group, profileOf, merge, empty, stored }: Kind<Group, State>): void {
  const groups = fc.array(group, { maxLength: 6 });

  it('is the same however the row groups are split into files and whatever their order', () => {
    const parts = fc.array(groups, { maxLength: 4 });
    fc.assert(
      fc.property(parts, fc.infiniteStream(fc.nat()), (files, random) => {
        const whole = profileOf(files.flat());
        const shuffled = files
          .map((file) => ({ file, key: random.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ file }) => profileOf(file));
        expect(shuffled.reduce(merge, empty)).toStrictEqual(whole);
      }),
    );
  });

  it('merges associatively and commutatively, the empty profile changing nothing', () => {
    fc.assert(
      fc.property(groups, groups, groups, (x, y, z) => {
        const [a, b, c] = [profileOf(x), profileOf(y), profileOf(z)];
        expect(merge(merge(a, b), c)).toStrictEqual(merge(a, merge(b, c)));
        expect(merge(a, b)).toStrictEqual(merge(b, a));
        expect(merge(empty, a)).toStrictEqual(a);
        expect(merge(a, empty)).toStrictEqual(a);
      }),
    );
  });

  it('comes back from storage as it went, before and after merging', () => {
    fc.assert(
      fc.property(groups, groups, (x, y) => {
        const [a, b] = [profileOf(x), profileOf(y)];
        expect(stored(a)).toStrictEqual(a);
        expect(merge(stored(a), stored(b))).toStrictEqual(stored(merge(a, b)));
      }),
    );
  });
}

describe('profile of a numeric column on point cells', () => {
  const spec = numericSpec([-1, 0, 0.1, 1, 1, 2.5]);
  obeysTheLaws({
    group: numericGroup,
    profileOf: (groups) => numericProfileOf(spec, groups),
    merge: mergeNumeric,
    empty: emptyNumeric(spec),
    stored: (state) => decodeNumeric(numericProfileSchema.parse(json(encodeNumeric(state))), spec),
  });
});

describe('profile of a numeric column on quantile cells with a heavy value', () => {
  const spec = numericSpec(Array.from({ length: 4000 }, (_, index) => (index % 2 === 0 ? 0 : (index - 2000) / 500)));
  obeysTheLaws({
    group: numericGroup,
    profileOf: (groups) => numericProfileOf(spec, groups),
    merge: mergeNumeric,
    empty: emptyNumeric(spec),
    stored: (state) => decodeNumeric(numericProfileSchema.parse(json(encodeNumeric(state))), spec),
  });
});

describe('profile of a categorical column', () => {
  const spec = categoricalSpec(['a', 'b', '__proto__', ''], ['r1', 'r2', 'constructor']);
  obeysTheLaws({
    group: categoricalGroup,
    profileOf: (groups) => categoricalProfileOf(spec, groups),
    merge: mergeCategorical,
    empty: emptyCategorical(spec),
    stored: (state) => decodeCategorical(categoricalProfileSchema.parse(json(encodeCategorical(state))), spec),
  });
});

describe('profile of an embedding column', () => {
  const spec = embeddingSpec();
  obeysTheLaws({
    group: embeddingGroup,
    profileOf: (groups) => embeddingProfileOf(spec, groups),
    merge: mergeEmbedding,
    empty: emptyEmbedding(spec),
    stored: (state) => decodeEmbedding(embeddingProfileSchema.parse(json(encodeEmbedding(state))), spec),
  });
});

describe('profiles by different baselines', () => {
  it('are never merged, even where they have as many cells, values or dimensions', () => {
    const numeric = () => emptyNumeric(numericSpec([1, 2, 3]));
    const categorical = () => emptyCategorical(categoricalSpec(['a', 'b']));
    const embedding = () => emptyEmbedding(embeddingSpec());
    expect(() => mergeNumeric(numeric(), numeric())).toThrow("column 'x' by different baselines");
    expect(() => mergeCategorical(categorical(), categorical())).toThrow("column 'c' by different baselines");
    expect(() => mergeEmbedding(embedding(), embedding())).toThrow("column 'e' by different baselines");
  });

  it('are never merged where columns are of other kinds or numbers', () => {
    const a = emptyProfile([numericSpec([1, 2])]);
    const b = emptyProfile([categoricalSpec(['a'])]);
    expect(() => mergeProfiles(a, b)).toThrow('a numeric column and one of categorical');
    expect(() => mergeProfiles(a, emptyProfile([]))).toThrow('different baselines');
  });

  it('are not decoded where their lengths do not fit', () => {
    const numeric = encodeNumeric(emptyNumeric(numericSpec([1, 2, 3])));
    expect(() => decodeNumeric(numeric, numericSpec([1, 2]))).toThrow("column 'x': 5 counts where its spec has 3");
    const categorical = encodeCategorical(emptyCategorical(categoricalSpec(['a'])));
    expect(() => decodeCategorical(categorical, categoricalSpec(['a', 'b']))).toThrow('1 counts');
    const embedding = encodeEmbedding(emptyEmbedding(embeddingSpec(2)));
    expect(() => decodeEmbedding(embedding, embeddingSpec(3))).toThrow("column 'e': 2 counts");
  });
});
