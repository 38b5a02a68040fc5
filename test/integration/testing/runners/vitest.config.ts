import { defineConfig } from 'vitest/config';

export default defineConfig({ test: { include: ['test/integration/testing/runners/vitest.ts'] } });
