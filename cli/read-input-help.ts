/** How an input is written, for the help. */
export const inputHelp =
  'NAME=TEXT and NAME:=JSON for members of an object (a.b=c for one within another), JSON, @FILE, or - for standard input';
