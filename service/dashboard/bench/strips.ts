/** Strips of lines in WebGL2: all points lie in one buffer, and a frame is one call a line. */

import type { Contender, Lines } from "./contenders";

const VERTEX = `#version 300 es
in vec2 point;
uniform vec2 low;
uniform vec2 size;
void main() { gl_Position = vec4(2.0 * (point - low) / size - 1.0, 0.0, 1.0); }`;
const FRAGMENT = `#version 300 es
precision mediump float;
uniform vec4 color;
out vec4 pixel;
void main() { pixel = vec4(color.rgb * color.a, color.a); }`;

export function strips(target: HTMLElement, { xs, ys }: Lines, color: readonly [number, number, number, number]): Contender {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [target.clientWidth, target.clientHeight];
  target.append(canvas);
  const gl = canvas.getContext("webgl2", { antialias: false, preserveDrawingBuffer: true });
  if (!gl) throw new Error("this browser has no WebGL2");
  const program = linked(gl);
  gl.useProgram(program);
  gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
  gl.bufferData(gl.ARRAY_BUFFER, Float32Array.from(ys.flatMap((line) => Array.from(line, (y, index) => [xs[index] as number, y]).flat())), gl.STATIC_DRAW);
  const point = gl.getAttribLocation(program, "point");
  gl.enableVertexAttribArray(point);
  gl.vertexAttribPointer(point, 2, gl.FLOAT, false, 0, 0);
  gl.enable(gl.BLEND);
  gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  gl.uniform4f(gl.getUniformLocation(program, "color"), ...color);
  const [low, size] = [gl.getUniformLocation(program, "low"), gl.getUniformLocation(program, "size")];
  const pixel = new Uint8Array(4);
  return {
    async draw(x, y) {
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.uniform2f(low, x[0], y[0]);
      gl.uniform2f(size, x[1] - x[0], y[1] - y[0]);
      for (let line = 0; line < ys.length; line++) gl.drawArrays(gl.LINE_STRIP, line * xs.length, xs.length);
      gl.readPixels(canvas.width >> 1, canvas.height >> 1, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    },
    destroy() {
      gl.getExtension("WEBGL_lose_context")?.loseContext();
      canvas.remove();
    },
  };
}

/** What draws by WebGL in this browser. */
export function rendererName(): string {
  const gl = document.createElement("canvas").getContext("webgl2");
  const told = gl?.getExtension("WEBGL_debug_renderer_info");
  return gl && told ? String(gl.getParameter(told.UNMASKED_RENDERER_WEBGL)) : "none";
}

function linked(gl: WebGL2RenderingContext): WebGLProgram {
  const program = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
    const shader = gl.createShader(type) as WebGLShader;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(program) ?? "WebGL refuses the program");
  return program;
}
