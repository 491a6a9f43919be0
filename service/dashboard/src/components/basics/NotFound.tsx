import { Link } from "wouter";
import { Empty } from "./Notice";

export function NotFound({ what = "This page does not exist" }: { readonly what?: string }) {
  return (
    <Empty title={what}>
      <p>
        It may have been deleted, or the address has a typing error. <Link href="/studies">See all studies</Link>
      </p>
    </Empty>
  );
}
