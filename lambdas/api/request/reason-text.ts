import * as z from 'zod';
import { maxReasonLength } from '../../core/control/cancel.ts';

/** Why a caller asks for something, in the caller's own words. */
export const reasonText = z
  .string()
  .min(1)
  .max(maxReasonLength)
  .describe(`Why, for people: at most ${maxReasonLength} characters. It is shown to everyone who may see what it is about.`);
