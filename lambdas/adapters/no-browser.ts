/** Stands in a bundle for the package bowser, which the SDK loads in browsers alone. */
export default {};
