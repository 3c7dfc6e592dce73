import type { Keeper } from '../../keeper';
import { type ConnectForm, connectForm } from './dashboard';
import { type PickerState, type PickerView, pickerView } from './picker';

export interface ConnectView {
  form: ConnectForm;
  picker: PickerView;
}

export async function connectView(
  keeper: Keeper,
  typed: Partial<ConnectForm> = {},
  picked: Partial<PickerState> = {},
): Promise<ConnectView> {
  const usual = keeper.config.scopes;
  const form = await connectForm(keeper, typed);
  return { form, picker: pickerView({ chosen: usual, usual, problem: form.problems.scopes, ...picked }) };
}
