/**
 * What kube-state-metrics 2.13 exposes of a CronJob `r-drift-monitor` in the namespace `team` and two of its Jobs: the first one
 * finished four hours ago and took 50 minutes, the second one has failed since.
 */
export function kubeStateMetrics(nowSeconds: number): string {
  const cronJob = 'namespace="team",cronjob="r-drift-monitor"';
  const job = (name: string) => `namespace="team",job_name="r-drift-monitor-${name}"`;
  const owner = 'owner_kind="CronJob",owner_name="r-drift-monitor",owner_is_controller="true"';
  const finished = nowSeconds - 4 * 3600;
  const series = [
    [`kube_cronjob_created{${cronJob}}`, nowSeconds - 1e6],
    [`kube_cronjob_status_last_successful_time{${cronJob}}`, finished],
    [`kube_cronjob_spec_suspend{${cronJob}}`, 0],
    [`kube_cronjob_status_active{${cronJob}}`, 1],
    ...['1', '2'].map((name) => [`kube_job_owner{${job(name)},${owner}}`, 1] as const),
    [`kube_job_created{${job('1')}}`, finished - 3000],
    [`kube_job_status_start_time{${job('1')}}`, finished - 3000],
    [`kube_job_status_completion_time{${job('1')}}`, finished],
    [`kube_job_failed{${job('1')},condition="true"}`, 0],
    [`kube_job_created{${job('2')}}`, nowSeconds - 3600],
    [`kube_job_status_start_time{${job('2')}}`, nowSeconds - 3600],
    [`kube_job_failed{${job('2')},condition="true"}`, 1],
  ] as const;
  return series.map(([name, value]) => `${name} ${value}\n`).join('');
}
