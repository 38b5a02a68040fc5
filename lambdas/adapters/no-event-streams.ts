/** Replaces in the bundles of the API and the clock the SDK's event streams, which S3 has for `SelectObjectContent` alone. */
export const eventStreamSerdeProvider = (): object => ({});

export const resolveEventStreamSerdeConfig = <Config>(config: Config): Config => config;

export class EventStreamSerde {
  constructor() {
    throw new Error('This function is bundled without event streams.');
  }
}
