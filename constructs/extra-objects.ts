import { ApiObject } from 'cdk8s';
import { Construct } from 'constructs';
import { isExpr } from './expression/expr.ts';
import type { Installation } from './installation.ts';
import { endOfManifest, RawTemplate } from './raw-template.ts';
import type { KubernetesObject } from './values/kinds/kubernetes-json.ts';

/** The objects of `extraObjects`, as the user wrote them. */
export class ExtraObjects extends Construct {
  constructor(scope: Construct, id: string, installation: Installation) {
    super(scope, id);
    const objects = installation.values.extraObjects;
    if (isExpr(objects)) {
      new RawTemplate(
        this,
        'list',
        use => `{{- range ${objects.pipeline(use)} }}\n---\n{{ toYaml . }}\n${endOfManifest}{{- end }}\n`,
      );
      return;
    }
    for (const [index, object] of (objects ?? []).entries())
      new VerbatimObject(this, `object-${index}`, object);
  }
}

/** cdk8s drops what it does not know of metadata, such as empty maps, and adds the labels of its chart. */
class VerbatimObject extends ApiObject {
  readonly #object: KubernetesObject;

  constructor(scope: Construct, id: string, object: KubernetesObject) {
    const { apiVersion, kind, metadata } = object as never as {
      apiVersion: string;
      kind: string;
      metadata: { name: string };
    };
    super(scope, id, { apiVersion, kind, metadata: { name: metadata.name } });
    this.#object = object;
  }

  override toJson(): unknown {
    return structuredClone(this.#object);
  }
}
