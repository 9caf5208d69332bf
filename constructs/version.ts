/** Version of the chart and of the images; equal to package.json, which a test checks. */
export const version = '0.1.0';

/** Name of the chart, and the default name of the product in object names. */
export const chartName = 'wallarm-oob';

/** Kubernetes versions the chart installs on. */
export const minimumKubeVersion = '1.24.0';
