/** What Jest does once, before its workers start. */
import { useRunFolder } from './run-folder.ts';

export default useRunFolder;
