declare const html: string;
export default html;
