/** A run of shards, for those who start and watch them. */
export interface ShardRun {
  /** The same work has the same id. */
  readonly runId: string;
  /** Key of the plan in storage. */
  readonly planKey: string;
  readonly shards: number;
}

/** How shards that left nothing ended, in words. */
export interface EndedShards {
  readonly causes: ReadonlyMap<number, string>;
  /** Of those that `causes` says nothing about. */
  readonly otherwise: string;
}

/** Where shards run: each has to execute `drift-monitor shard --plan KEY`, with its index in `JOB_COMPLETION_INDEX`. */
export interface ShardRunner {
  /** Starts the shards unless they are under way. Throws `DriftMonitorError` where that is impossible. */
  start(run: ShardRun): Promise<void>;
  /** Waits until no shard of the run is under way, which it never may be. */
  ended(run: ShardRun): Promise<EndedShards>;
}

/** When and how to share log files among several processes. */
export interface FanOut {
  /** `auto`: where there is more to read than one shard should; `job`: wherever there is something to read. */
  readonly mode: 'auto' | 'job';
  /** Of the logs, what one shard should read. */
  readonly shardBytes: number;
  /** Throws `DriftMonitorError` where shards cannot run anywhere. */
  openRunner(): Promise<ShardRunner>;
  /** In mode `auto`, shards cannot run, and this process reads everything. */
  onFallback(reason: string): void;
}
