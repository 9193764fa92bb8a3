// Widths of one to six vectors as types. The size of these classes is the width in bytes: a constant on which the
// compiler folds the branches of a kernel written once for all six.

// @ts-ignore: decorator
@unmanaged export class V1 { v0: v128 }
// @ts-ignore: decorator
@unmanaged export class V2 { v0: v128; v1: v128 }
// @ts-ignore: decorator
@unmanaged export class V3 { v0: v128; v1: v128; v2: v128 }
// @ts-ignore: decorator
@unmanaged export class V4 { v0: v128; v1: v128; v2: v128; v3: v128 }
// @ts-ignore: decorator
@unmanaged export class V5 { v0: v128; v1: v128; v2: v128; v3: v128; v4: v128 }
// @ts-ignore: decorator
@unmanaged export class V6 { v0: v128; v1: v128; v2: v128; v3: v128; v4: v128; v5: v128 }
