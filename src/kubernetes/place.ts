/** Where on a cluster something is looked for. */
export interface Place {
  /** URL of the API server. */
  readonly server: string;
  /** Of the kubeconfig; `in-cluster` in a pod. */
  readonly context: string;
  readonly namespace: string;
}

export function placeInWords({ server, context, namespace }: Place): string {
  return `namespace ${namespace} (context ${context}, ${server})`;
}
