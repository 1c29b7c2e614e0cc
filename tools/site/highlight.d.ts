/**
 * What is used of highlight.js, whose own types would bring the browser's globals
 * into the check of every file.
 */
declare const hljs: {
  getLanguage(name: string): object | undefined;
  highlight(code: string, options: { language: string }): { value: string };
};
export default hljs;
