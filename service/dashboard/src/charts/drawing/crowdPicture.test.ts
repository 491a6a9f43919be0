import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { LINEAR, LOG, mapping } from "../scales/scales";
import { CrowdPicture } from "./crowdPicture";

const PICTURE = {} as OffscreenCanvas;
const [WIDTH, HEIGHT] = [100, 50];
const over = (low: number, high: number, scale = LINEAR) => ({ toX: mapping(LINEAR, [low, high], 0, WIDTH), toY: mapping(scale, [1, 2], HEIGHT, 0) });

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance"] }));
afterEach(() => void vi.useRealTimers());

function drawn(slow: number) {
  const picture = new CrowdPicture();
  const drawImage = vi.fn();
  const paint = vi.fn(() => (vi.advanceTimersByTime(slow), PICTURE));
  return { picture, drawImage, paint, draw: (placing: ReturnType<typeof over>) => picture.draw({ drawImage }, WIDTH, HEIGHT, placing, paint) };
}

test("a picture that took long is moved to where its lines stand now, and painted anew after a while", () => {
  const { picture, drawImage, paint, draw } = drawn(100);
  expect([draw(over(0, 10)), picture.keptFor]).toEqual([true, 400]);
  expect(draw(over(5, 10))).toBe(false);  // its right half fills the plot
  expect(drawImage).toHaveBeenLastCalledWith(PICTURE, -WIDTH, 0, 2 * WIDTH, HEIGHT);
  expect(draw(over(0, 10))).toBe(true);
  vi.advanceTimersByTime(400);
  expect([draw(over(5, 10)), paint.mock.calls.length]).toEqual([true, 2]);
});

test("one that is painted within a frame, on another scale or of other lines is painted at once", () => {
  const quick = drawn(5);
  quick.draw(over(0, 10));
  expect([quick.draw(over(5, 10)), quick.paint.mock.calls.length]).toEqual([true, 2]);
  const slow = drawn(100);
  slow.draw(over(0, 10));
  slow.draw(over(0, 10, LOG));
  slow.picture.forget();
  slow.draw(over(5, 10, LOG));
  expect(slow.paint).toHaveBeenCalledTimes(3);
});
