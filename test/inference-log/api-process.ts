/** A process that logs three rows to the storage URL that is its argument, and has nothing else to do. */
import { createInferenceLogger } from '../../src/inference-log/logger.ts';

const logger = createInferenceLogger({ storageUrl: process.argv[2] ?? '', modelName: 'm', modelVersion: 'v' });
for (let x = 0; x < 3; x++) logger.log({ features: { x } });
