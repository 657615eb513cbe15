/** The Workers' build makes a module of every `.wasm` file. */
declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
