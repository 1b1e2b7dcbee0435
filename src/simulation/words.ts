/** `drift: age, income; minor: amount`, or the status where no column moved. */
export function statusInWords({ status, moved }: { status: string; moved: Readonly<Record<string, string>> }): string {
  const of = (verdict: string) => Object.keys(moved).filter((name) => moved[name] === verdict);
  const named = ['drift', 'minor'].flatMap((verdict) => {
    const names = of(verdict);
    return names.length === 0 ? [] : [`${verdict}: ${names.join(', ')}`];
  });
  return named.length === 0 ? status : named.join('; ');
}
