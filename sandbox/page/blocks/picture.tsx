import type { Picture as PictureObject } from './schema.ts';

/** Only pictures of this server are loaded: the page makes no request to the outside, so others show their alt text. */
const ownAddress = (url: string): boolean =>
  new URL(url, location.href).origin === location.origin || url.startsWith('data:image/');

function addressOf(picture: Partial<PictureObject>): string | undefined {
  if (picture.image_url) return picture.image_url;
  if (picture.slack_file?.id) return `/page/files/${encodeURIComponent(picture.slack_file.id)}`;
  return picture.slack_file?.url;
}

export function Picture({ picture, className }: { picture: Partial<PictureObject>; className: string }) {
  const address = addressOf(picture);
  const alt = picture.alt_text ?? '';
  if (address && URL.canParse(address, location.href) && ownAddress(address))
    return <img className={className} src={address} alt={alt} />;
  return (
    <span className={`${className} picture-missing`} role="img" aria-label={alt} title={address}>
      🖼 {alt}
    </span>
  );
}
