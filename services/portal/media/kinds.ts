/** What a media type is to a person: a name, an icon, and how it can be shown. */
export interface Kind {
  /** A symbol of icons.svg. */
  icon: 'image' | 'video' | 'audio' | 'pdf' | 'text' | 'code' | 'archive' | 'file';
  label: string;
  preview: 'image' | 'video' | 'audio' | 'text' | 'none';
}

/** What sharp decodes and browsers show. No SVG: drawing one would run an interpreter over a stranger's program. */
export const RASTER = new Set(['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif']);

/** Containers that the common browsers play. */
const PLAYED = new Set([
  'video/mp4',
  'video/webm',
  'audio/mpeg',
  'audio/mp4',
  'audio/ogg',
  'audio/wav',
  'audio/flac',
]);

const ARCHIVES =
  /^application\/(?:zip|gzip|x-(?:tar|7z-compressed|rar-compressed|bzip2|xz)|zstd|java-archive)$/;

const NAMED: Record<string, Kind> = {
  'application/pdf': { icon: 'pdf', label: 'PDF', preview: 'none' },
  'application/json': { icon: 'code', label: 'JSON', preview: 'text' },
  'application/yaml': { icon: 'code', label: 'YAML', preview: 'text' },
  'application/xml': { icon: 'code', label: 'XML', preview: 'text' },
  'text/html': { icon: 'code', label: 'HTML', preview: 'text' },
  'text/markdown': { icon: 'text', label: 'Markdown', preview: 'text' },
  'text/csv': { icon: 'text', label: 'CSV', preview: 'text' },
  'text/plain': { icon: 'text', label: 'Text', preview: 'text' },
  'image/svg+xml': { icon: 'image', label: 'SVG', preview: 'text' },
};

export function kindOf(mediaType: string): Kind {
  const named = NAMED[mediaType];
  if (named) return named;
  const [group, subtype = ''] = mediaType.split('/');
  const label = subtype.replace(/^x-/, '').split('-')[0]!.slice(0, 12).toUpperCase();
  if (group === 'image')
    return { icon: 'image', label: `${label} image`, preview: RASTER.has(mediaType) ? 'image' : 'none' };
  if (group === 'video' || group === 'audio') {
    const noun = group === 'video' ? 'video' : 'recording';
    return { icon: group, label: `${label} ${noun}`, preview: PLAYED.has(mediaType) ? group : 'none' };
  }
  if (ARCHIVES.test(mediaType)) return { icon: 'archive', label: 'Archive', preview: 'none' };
  if (group === 'text') return { icon: 'text', label: 'Text', preview: 'text' };
  return {
    icon: 'file',
    label: mediaType === 'application/octet-stream' ? 'Binary' : 'File',
    preview: 'none',
  };
}
