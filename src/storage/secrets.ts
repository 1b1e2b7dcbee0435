/** The text without the secrets that are known by their name: signatures of a SAS, keys of a connection string. */
export function withoutSecrets(text: string): string {
  return text.replace(/\b(sig|AccountKey|SharedAccessSignature)=[^&;\s"']+/gi, '$1=…');
}
