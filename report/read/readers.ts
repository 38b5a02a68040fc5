/** All readers, in the order in which a file is offered to them. */
import { albLog } from './alb-log.ts';
import { apacheLog } from './apache-log.ts';
import { apiGatewayLog } from './api-gateway-log.ts';
import { cloudFrontLog } from './cloudfront-log.ts';
import { harDocument } from './har-document.ts';
import { lambdaLog } from './lambda-log.ts';
import type { DocumentReader, LogReader } from './log-reader.ts';
import { nginxLog } from './nginx-log.ts';
import { otelDocument, otelLog } from './otel-spans.ts';

/** Formats with a form of their own are first; those whose names of fields are the deployer's choice are last. */
export const logReaders: readonly LogReader[] = [albLog, cloudFrontLog, lambdaLog, otelLog, nginxLog, apacheLog, apiGatewayLog];

export const documentReaders: readonly DocumentReader[] = [harDocument, otelDocument];
