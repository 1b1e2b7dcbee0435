import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/cluster/**/*.test.ts'],
    globalSetup: ['test/cluster/control-plane.ts'],
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
