import { configDefaults, defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need a Kubernetes: npm run test:cluster
    exclude: [...configDefaults.exclude, 'test/cluster/**'],
    // By default one core is left idle, and on two that is half of them.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
