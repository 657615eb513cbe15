import { startLocalCloud } from '../start-local-cloud.ts';
import { testOptions } from './test-cloud.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('Usage: child-cloud.ts <folder>');
const cloud = await startLocalCloud({ ...(await testOptions(folder)), faults: {} });
process.stdout.write(`${JSON.stringify(cloud)}\n`);
