/** The build (wrangler, esbuild) makes a text module of every `.sql` file. */
declare module '*.sql' {
  const text: string;
  export default text;
}
