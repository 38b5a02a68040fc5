import * as z from 'zod';

/** A strict object whose error lists the known members. */
export const strict = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? `There is no ${issue.keys.join(', ')} here. There are: ${Object.keys(shape).join(', ')}`
        : undefined,
  });
