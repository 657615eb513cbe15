import * as z from 'zod';

export const PASSWORD_MIN_LENGTH = 12;
/** Bounds the work of hashing what a stranger sends. */
export const PASSWORD_MAX_LENGTH = 200;
export const NAME_MAX_LENGTH = 200;
/** RFC 5321 §4.5.3.1.3: a path has at most 256 octets, two of them the angle brackets. */
export const EMAIL_MAX_LENGTH = 254;

export const uuidSchema = z.uuid('This is not an id: ids are UUIDs.');

/** Whole milliseconds since the Unix epoch. */
export const timestampSchema = z.int().nonnegative();

/** A person's or a firm's name: white space at both ends is cut, something must be left. */
export const nameSchema = z
  .string()
  .trim()
  .min(1, 'A name has at least one character.')
  .max(NAME_MAX_LENGTH, `A name has at most ${NAME_MAX_LENGTH} characters.`);

/** An e-mail address, kept in lower case so that one person is one user. */
export const emailSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(EMAIL_MAX_LENGTH, `An e-mail address has at most ${EMAIL_MAX_LENGTH} characters.`)
  .pipe(z.email('This is not an e-mail address.'))
  // What goes into a pipe is all that zod says of it where it is sent: this says the rest.
  .meta({ format: 'email' });

export const passwordSchema = z
  .string()
  .min(PASSWORD_MIN_LENGTH, `A password has at least ${PASSWORD_MIN_LENGTH} characters.`)
  .max(PASSWORD_MAX_LENGTH, `A password has at most ${PASSWORD_MAX_LENGTH} characters.`);
