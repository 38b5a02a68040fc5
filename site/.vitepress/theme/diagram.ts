/** Draws a diagram of Mermaid, which is loaded on pages that have one, and again when the colours change. */
import { useData, withBase } from 'vitepress';
import { defineComponent, h, onMounted, ref, useId, watch } from 'vue';

export const Diagram = defineComponent({
  props: { text: { type: String, required: true } },
  setup(props) {
    const { isDark } = useData();
    const id = `diagram-${useId()}`.replaceAll(/[^a-z0-9-]/gi, '');
    const source = decodeURIComponent(props.text);
    const svg = ref('');
    const draw = async () => {
      // A whole address, which Vite leaves alone: it bundles no file that is served as it is.
      const address = new URL(withBase('/mermaid/mermaid.esm.min.mjs'), location.origin).href;
      const { default: mermaid } = (await import(/* @vite-ignore */ address)) as typeof import('mermaid');
      mermaid.initialize({ startOnLoad: false, theme: isDark.value ? 'dark' : 'default', securityLevel: 'strict' });
      svg.value = (await mermaid.render(id, source)).svg;
    };
    onMounted(draw);
    watch(isDark, draw);
    return () => (svg.value === '' ? h('pre', source) : h('div', { class: 'diagram', innerHTML: svg.value }));
  },
});
