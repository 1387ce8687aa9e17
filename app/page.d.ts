/** The built page, as the module `#page`. */
declare const html: string;
export default html;
