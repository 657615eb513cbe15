/** Names the script, `<namespace>/<name>`, on a request to the dispatcher. The script itself never sees it. */
export const SCRIPT_HEADER = 'x-local-cloud-script';
