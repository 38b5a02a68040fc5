import fc from 'fast-check';
import { compareForm, formOf, mayBeToken, placeholderOf } from '../../../../report/routes/path-shape.ts';

describe('an identifier becomes a placeholder', () => {
  it.each([
    ['17', '{id}'],
    ['-3', '{id}'],
    ['+4915112345678', '{id}'],
    ['48.137,11.575', '{id}'],
    ['1,2,3', '{id}'],
    ['3f2504e0-4f89-41d3-9a0c-0305e82c3301', '{id}'],
    ['3F2504E0-4F89-41D3-9A0C-0305E82C3301', '{id}'],
    ['01ARZ3NDEKTSV4RRFFQ69G5FAV', '{id}'],
    ['0ujtsYcgvSTl8PAuAdqWYSMnLOv', '{id}'],
    ['507f1f77bcf86cd799439011', '{id}'],
    ['9fceb02d', '{id}'],
    ['0x1f2e3d4c', '{id}'],
    ['V1StGXR8_Z5jdHi6B-myT', '{id}'],
    ['cus_NffrFeUfNV2Hib', '{id}'],
    ['cjld2cjxh0000qzrmn831i7rn', '{id}'],
    ['V2_270990429988614816', '{id}'],
    ['order-1234567', '{id}'],
    ['203.0.113.7', '{id}'],
    ['2001:db8::17', '{id}'],
    ['group%2Fproject', '{id}'],
    ['two words', '{id}'],
    ['{id}', '{id}'],
    ['@alice', '{id}'],
    ['x'.repeat(101), '{id}'],
    ['2026-11-25', '{date}'],
    ['2026-11', '{date}'],
    ['2026-W48', '{date}'],
    ['2026-11-25T09:13:14Z', '{date}'],
    ['ana@example.com', '{email}'],
    ['17.json', '{id}.json'],
    ['3f2504e0-4f89-41d3-9a0c-0305e82c3301.pdf', '{id}.pdf'],
    ['2026-11-25.csv', '{date}.csv'],
    ['17:cancel', '{id}:cancel'],
    ['Orders(17)', 'Orders({id})'],
    ["Orders('a')", 'Orders({id})'],
  ])('%s is %s', (segment, placeholder) => expect(placeholderOf(segment)).toBe(placeholder));
});

describe('a word of a route stays', () => {
  it.each(
    (
      'v1 v2 v99 orders oauth2 sha256 base64 iso27001 rfc9110 ipv6 x509 s3 log4j index.html 2fa 3d-models a b 1.1 2.0 v1.2 v1beta1 hello.world ' +
      'monthly-report-v2 my-report-2026-q3 getUserPreferences AWSCredentialsProvider2 GetS3BucketObjectsV2 package.UserServiceV2 deadbeef decade ' +
      'en-US zh_Hant report.pdf _search .well-known openid-configuration jwks.json users:search Über straße 统计 ALL_CAPS_WORD_WITHOUT_DIGITS'
    ).split(' '),
  )('%s', (segment) => expect(placeholderOf(segment)).toBeUndefined());
});

it('says of a long text with two kinds of characters that it may be a token, without taking it for one', () => {
  expect(mayBeToken('getMonthlyReport')).toBe(true);
  expect(mayBeToken('monthly-overview')).toBe(false);
  expect(mayBeToken('short1')).toBe(false);
});

it('shows a form without content', () => {
  expect(formOf('Ana-7é')).toBe('aaa-9a');
  expect(formOf('x'.repeat(50))).toBe(`${'a'.repeat(40)}…`);
});

it('compares a form as if it had been made', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 50 }), fc.string({ maxLength: 50 }), (text, other) => {
      const form = formOf(other);
      expect(Math.sign(compareForm(text, form))).toBe(formOf(text) === form ? 0 : formOf(text) < form ? -1 : 1);
    }),
  ));
