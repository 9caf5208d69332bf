import { ApiObject, type ApiObjectProps } from 'cdk8s';
import type { Construct } from 'constructs';
import { type Expr, isExpr } from './expression/expr.ts';

type Scalar = string | number | boolean | undefined;

/** A Kubernetes object as its JSON looks, with expressions allowed in every position. */
export type Templated<T> =
  | Expr<T>
  | (T extends Scalar
      ? T
      : T extends readonly (infer U)[]
        ? readonly Templated<U>[]
        : { readonly [K in keyof T]: Templated<T[K]> | undefined });

/** Properties of {@link Resource}. */
export interface ResourceProps {
  /** A cluster-scoped object must not get the namespace of the cdk8s chart. */
  readonly isClusterScoped?: boolean;
}

/**
 * A Kubernetes object in raw JSON shape. The generated classes of cdk8s drop expressions in lists, maps and
 * structures; this one passes everything on.
 */
export class Resource<T extends { apiVersion?: string; kind?: string }> extends ApiObject {
  readonly #isClusterScoped: boolean;
  readonly #annotations: Expr<unknown> | undefined;

  constructor(scope: Construct, id: string, manifest: Templated<T>, props: ResourceProps = {}) {
    const { metadata, ...rest } = manifest as unknown as ApiObjectProps;
    const { annotations, ...otherMetadata } = metadata ?? {};
    // cdk8s copies the entries of annotations, of which an expression has none; toJson puts it back.
    const isSymbolic = isExpr(annotations);
    super(scope, id, {
      ...rest,
      metadata: isSymbolic || !annotations ? otherMetadata : { ...otherMetadata, annotations },
    });
    this.#isClusterScoped = props.isClusterScoped ?? false;
    this.#annotations = isSymbolic ? annotations : undefined;
  }

  override toJson(): unknown {
    const json = super.toJson();
    if (this.#isClusterScoped) delete json.metadata.namespace;
    if (this.#annotations) json.metadata.annotations = this.#annotations.resolve();
    return json;
  }
}
