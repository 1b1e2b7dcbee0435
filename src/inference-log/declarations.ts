import type { ColumnType } from './column-type.ts';

export type ColumnDeclarations = Readonly<Record<string, ColumnType>> | ReadonlyMap<string, ColumnType>;

export function declaredColumns(columns: ColumnDeclarations | undefined): [string, ColumnType][] {
  return columns instanceof Map ? [...columns] : Object.entries(columns ?? {});
}
