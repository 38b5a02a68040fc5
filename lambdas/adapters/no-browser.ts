/** Replaces in a bundle the package bowser, which the SDK loads in browsers alone. */
export default {};
