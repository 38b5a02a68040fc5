/** Files that a web server or a CDN sends as they are: no work that could be delegated. */

/** Images, fonts, styles, scripts, media and source maps. What an application may make for each request (`.html`, `.pdf`, `.csv`, `.xlsx`, `.zip`, `.xml`, `.json`, `.txt`) is not in it. */
const extensions = new Set(
  (
    'css scss less js mjs cjs jsx ts tsx map wasm ' +
    'png jpg jpeg gif svg svgz webp avif apng bmp ico cur tif tiff heic ' +
    'woff woff2 ttf otf eot mp3 mp4 m4a m4s m4v ogg oga ogv opus wav flac webm mov avi mkv mpeg mpg flv swf m3u8 mpd vtt ' +
    'webmanifest appcache'
  ).split(' '),
);
const wellKnownFiles = new Set(['/robots.txt', '/favicon.ico', '/sitemap.xml', '/humans.txt', '/ads.txt', '/manifest.json']);

/**
 * Whether a path is that of a static file, by its extension or by its whole name. A query or matrix parameters behind it change nothing.
 * @param path as in the log, without the query or with it
 */
export function isStaticFile(path: string): boolean {
  if (!path.includes('.')) return false;
  const file = withoutParameters(path);
  if (wellKnownFiles.has(file)) return true;
  const dot = file.lastIndexOf('.');
  // A name that is an extension only, such as `/.js`, and a dot in a folder's name do not count as an extension.
  if (dot <= file.lastIndexOf('/') + 1) return false;
  return file.length - dot <= 12 && extensions.has(file.slice(dot + 1).toLowerCase());
}

function withoutParameters(path: string): string {
  for (let i = 0; i < path.length; i++) {
    const code = path.charCodeAt(i);
    if (code === 59 || code === 63 || code === 35) return path.slice(0, i);
  }
  return path;
}
